@NullMarked
package io.github.resnetserving.ranking;

import org.jspecify.annotations.NullMarked;
