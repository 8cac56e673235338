@NullMarked
package io.github.resnetserving.loadgen;

import org.jspecify.annotations.NullMarked;
