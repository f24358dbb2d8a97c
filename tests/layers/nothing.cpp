// SPDX-License-Identifier: Apache-2.0
// Nothing of its own: that it links is the test.
int main() {
  return 0;
}
