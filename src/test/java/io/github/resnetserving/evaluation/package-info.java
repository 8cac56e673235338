@NullMarked
package io.github.resnetserving.evaluation;

import org.jspecify.annotations.NullMarked;
