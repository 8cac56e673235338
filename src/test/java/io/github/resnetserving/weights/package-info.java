@NullMarked
package io.github.resnetserving.weights;

import org.jspecify.annotations.NullMarked;
