@NullMarked
package io.github.resnetserving.watch;

import org.jspecify.annotations.NullMarked;
