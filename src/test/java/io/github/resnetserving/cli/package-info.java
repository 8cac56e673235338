@NullMarked
package io.github.resnetserving.cli;

import org.jspecify.annotations.NullMarked;
