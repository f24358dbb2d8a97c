# SPDX-License-Identifier: Apache-2.0
"""Running other programs, with errors that say what was tried."""
import subprocess


class LabError(Exception):
    """Something the lab needs did not work; the message is for the person at the terminal."""


def run(*command, **options):
    """Runs a program to its end and returns its standard output; raises LabError when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    except FileNotFoundError as error:
        raise LabError(f"{command[0]} is not installed (tools/install_packages lab)") from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise LabError(f"{' '.join(command)}: {said[-1] if said else done.returncode}")
    return done.stdout


def inside(namespace, *command):
    """The command line that runs `command` in a network namespace."""
    return ("ip", "netns", "exec", namespace, *command)
