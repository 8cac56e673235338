@NullMarked
package io.github.resnetserving.http;

import org.jspecify.annotations.NullMarked;
