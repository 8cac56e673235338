@NullMarked
package io.github.resnetserving.similarity;

import org.jspecify.annotations.NullMarked;
