/**
 * Images of rare formats are prepared in a helper process, so that no decoder can take the
 * service's memory, its processors or its life.
 *
 * <pre>
 * service                                          helper (a small JVM of the same jar)
 * ImageSandbox ──► HelperPool ──► Helper ══ pipe ══► HelperLoop ──► image.ImagePipeline
 *                      │             │ Request ►        │
 *               HelperLauncher    Watchdog    ◄ Reply   SelfConfinement: seccomp
 *               Landlock, nice    time limit
 * </pre>
 *
 * <p>Encoded images flow in, {@link io.github.resnetserving.image.PreparedImage} or {@link
 * io.github.resnetserving.image.ImageException} flow out, the same as without helper. A helper that
 * takes more than its limits is killed and its image refused; {@link
 * io.github.resnetserving.sandbox.SandboxListener} hears of it.
 */
@NullMarked
package io.github.resnetserving.sandbox;

import org.jspecify.annotations.NullMarked;
