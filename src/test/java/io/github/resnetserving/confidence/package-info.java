@NullMarked
package io.github.resnetserving.confidence;

import org.jspecify.annotations.NullMarked;
