/**
 * What the other packages announce flows in, Micrometer meters and health flow out.
 *
 * <p>Every meter is declared once, in the class whose listener feeds it.
 */
@NullMarked
package io.github.resnetserving.telemetry;

import org.jspecify.annotations.NullMarked;
