@NullMarked
package io.github.resnetserving.image;

import org.jspecify.annotations.NullMarked;
