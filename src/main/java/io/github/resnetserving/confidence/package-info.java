/**
 * How far an answer can be trusted: a temperature that makes probabilities match frequencies,
 * thresholds below which a model abstains, a score of how unfamiliar an image is, and the reference
 * against which drift is measured.
 *
 * <p>Logits and pooled features flow in; probabilities, percentiles and verdicts flow out. {@link
 * io.github.resnetserving.confidence.ConfidenceFile} keeps what was fitted beside a model's
 * weights. Everything here is arithmetic on arrays and files; nothing knows engines or images.
 */
@NullMarked
package io.github.resnetserving.confidence;

import org.jspecify.annotations.NullMarked;
