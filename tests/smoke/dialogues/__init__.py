# SPDX-License-Identifier: Apache-2.0
"""Real servers that upgrade to TLS, and clients that ask them to, in a network of their own."""
