@NullMarked
package io.github.resnetserving.network;

import org.jspecify.annotations.NullMarked;
