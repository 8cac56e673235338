@NullMarked
package io.github.resnetserving.remote;

import org.jspecify.annotations.NullMarked;
