@NullMarked
package io.github.resnetserving.engine;

import org.jspecify.annotations.NullMarked;
