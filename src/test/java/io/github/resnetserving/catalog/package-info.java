@NullMarked
package io.github.resnetserving.catalog;

import org.jspecify.annotations.NullMarked;
