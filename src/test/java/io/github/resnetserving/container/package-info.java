/**
 * The image as it is run: each test starts it through whatever container engine answers to
 * Testcontainers, and asks from outside.
 */
@NullMarked
package io.github.resnetserving.container;

import org.jspecify.annotations.NullMarked;
