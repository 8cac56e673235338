@NullMarked
package io.github.resnetserving.batch;

import org.jspecify.annotations.NullMarked;
