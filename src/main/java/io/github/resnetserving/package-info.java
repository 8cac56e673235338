/**
 * A REST microservice that classifies photographs with pretrained ResNets.
 *
 * <pre>
 * http ──► inference ──► image ──► batch ──► engine ──► ranking ──► http
 *                        │ ▲                   ▲
 *                     sandbox (rare formats)   │
 *                          ▲                   │
 *               model (records)     network (plans) ◄── weights (files)
 *                          ▲                                 ▲
 *                          └────────── catalog (fetches) ────┘
 * </pre>
 *
 * <p>This package holds main and joins the others: each is one concept, imports only what the
 * picture shows, and knows nothing of Spring unless it speaks HTTP.
 */
@NullMarked
package io.github.resnetserving;

import org.jspecify.annotations.NullMarked;
