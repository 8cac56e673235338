@NullMarked
package io.github.resnetserving.sandbox;

import org.jspecify.annotations.NullMarked;
