@NullMarked
package io.github.resnetserving.protocol;

import org.jspecify.annotations.NullMarked;
