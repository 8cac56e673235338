@NullMarked
package io.github.resnetserving.checkpoint;

import org.jspecify.annotations.NullMarked;
