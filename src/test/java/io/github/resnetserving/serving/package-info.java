@NullMarked
package io.github.resnetserving.serving;

import org.jspecify.annotations.NullMarked;
