@NullMarked
package io.github.resnetserving.graph;

import org.jspecify.annotations.NullMarked;
