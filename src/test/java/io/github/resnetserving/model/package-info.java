@NullMarked
package io.github.resnetserving.model;

import org.jspecify.annotations.NullMarked;
