# SPDX-License-Identifier: Apache-2.0
"""The test network: real clients and servers in namespaces, and a mirror port that sees them."""
