@NullMarked
package io.github.resnetserving.capacity;

import org.jspecify.annotations.NullMarked;
