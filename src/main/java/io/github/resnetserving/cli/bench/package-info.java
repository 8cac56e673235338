/**
 * Measurements: of plans, of decoding, and of a running server under load. Options in, tables out.
 */
@NullMarked
package io.github.resnetserving.cli.bench;

import org.jspecify.annotations.NullMarked;
