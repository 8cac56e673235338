/**
 * A REST microservice that classifies photographs with pretrained ResNets.
 *
 * <pre>
 * rest ──► inference ──► image ──► batch ──► engine ──► rest
 *                        │ ▲                   ▲
 *                     sandbox (rare formats)   │
 *                          ▲                serving (loads, replaces, unloads models)
 *               models (records)    plan ◄── graph ◄── checkpoint (files)
 *                          ▲                                 ▲
 *                          └──────── models.download ────────┘
 * </pre>
 *
 * <p>This package holds main, joins the others and checks the names and values of settings. Each of
 * the others is one concept and imports only what the image shows. The properties of a feature lie
 * in its package; those of packages that know nothing of Spring lie in {@code serving}.
 */
@NullMarked
package io.github.resnetserving;

import org.jspecify.annotations.NullMarked;
