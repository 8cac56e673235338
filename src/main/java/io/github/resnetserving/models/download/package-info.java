/**
 * Brings published models into the models folder.
 *
 * <pre>
 * name ──► RemoteModel ──► FileSource ──► digest ──► network read ──► FolderModels ──► ModelSpec
 *              │        (download, or     │            │
 *       what is published  local files)   └── KnownDigests
 * </pre>
 *
 * <p>A name flows in, and a model that is there whole or not at all flows out; everything on the
 * way is in the hidden folder {@code .fetch}, under a lock that other processes respect. Servers
 * and files are untrusted: a file that is not what was published, or no network, never becomes
 * visible. {@link io.github.resnetserving.models.download.ModelFetcher} is the entry.
 */
@NullMarked
package io.github.resnetserving.models.download;

import org.jspecify.annotations.NullMarked;
