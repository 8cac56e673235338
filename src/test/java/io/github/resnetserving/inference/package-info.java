@NullMarked
package io.github.resnetserving.inference;

import org.jspecify.annotations.NullMarked;
