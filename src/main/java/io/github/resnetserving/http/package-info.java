/**
 * The service over HTTP: bodies of several kinds in, JSON or a problem out.
 *
 * <pre>
 * filter ──► controller ──► body, parameters ──► inference ──► wire records
 *   id          │                 │                  │ Failure
 *               └─────────────────┴── problem+json ◄─┘
 * </pre>
 *
 * <p>{@link io.github.resnetserving.http.HttpConfiguration} brings it all in. Wire records name
 * their properties themselves: the API documents know nothing of naming strategies.
 */
@NullMarked
package io.github.resnetserving.http;

import org.jspecify.annotations.NullMarked;
