# SPDX-License-Identifier: Apache-2.0
"""What the commands here share: a directory, options, a seed that is printed; and the smoke tests'
checks with words."""
import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "smoke"))

# Also for whoever imports this.
from appliance import BUILD, TREE, Failed, check, has_ended, wait_until  # noqa: E402, F401


def parser(description):
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--seed", type=int, default=None, help="default: another one each time")
    return made


def scenario(function, options):
    """Runs one test in a directory of its own, and tells how it ended by the exit status."""
    seed = random.SystemRandom().randrange(1 << 32) if options.seed is None else options.seed
    print(f"--seed {seed}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is put away
    directory = tempfile.mkdtemp(prefix="tapseal-kills-")
    # The database's account has to pass through.
    os.chmod(directory, 0o711)
    went_well = False
    try:
        function(Path(directory), random.Random(seed), options)
        went_well = True
    except Failed as failure:
        print(f"failed (--seed {seed}): {failure}")
        return 1
    except KeyboardInterrupt:
        print("interrupted")
        return 130
    finally:
        if not went_well and os.environ.get("TAPSEAL_KEEP"):
            print(f"kept: {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)
    print("all as it should be")
    return 0
