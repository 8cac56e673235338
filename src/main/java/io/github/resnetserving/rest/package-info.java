/**
 * The service over HTTP: bodies of several kinds in, JSON or a problem out.
 *
 * <pre>
 * filters ──► controller ──► ImageReader ──► InferenceService ──► ImageResponses ──► wire records
 *    │ id, access, load         read             infer               write
 *    └──────────────► rest.problem ◄───────────────┴─ Failure
 * </pre>
 *
 * <p>A stream of images takes the same three steps for each line. {@link
 * io.github.resnetserving.rest.HttpConfiguration} brings it all in. Wire records name their
 * properties themselves: the API document knows nothing of naming strategies.
 */
@NullMarked
package io.github.resnetserving.rest;

import org.jspecify.annotations.NullMarked;
