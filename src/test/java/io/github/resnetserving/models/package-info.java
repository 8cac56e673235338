@NullMarked
package io.github.resnetserving.models;

import org.jspecify.annotations.NullMarked;
