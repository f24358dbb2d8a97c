# SPDX-License-Identifier: Apache-2.0
"""Networks that answer a scan, and what is true of every address in them."""
