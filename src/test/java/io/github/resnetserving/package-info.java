@NullMarked
package io.github.resnetserving;

import org.jspecify.annotations.NullMarked;
