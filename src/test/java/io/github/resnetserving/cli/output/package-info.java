@NullMarked
package io.github.resnetserving.cli.output;

import org.jspecify.annotations.NullMarked;
