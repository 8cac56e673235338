@NullMarked
package io.github.resnetserving.telemetry;

import org.jspecify.annotations.NullMarked;
