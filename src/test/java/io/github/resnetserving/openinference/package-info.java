@NullMarked
package io.github.resnetserving.openinference;

import org.jspecify.annotations.NullMarked;
