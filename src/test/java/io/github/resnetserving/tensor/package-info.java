@NullMarked
package io.github.resnetserving.tensor;

import org.jspecify.annotations.NullMarked;
