@NullMarked
package io.github.resnetserving.training;

import org.jspecify.annotations.NullMarked;
