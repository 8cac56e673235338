@NullMarked
package io.github.resnetserving.load;

import org.jspecify.annotations.NullMarked;
