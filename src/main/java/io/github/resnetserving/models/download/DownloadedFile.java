package io.github.resnetserving.models.download;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file that has come and is what it should be.
 *
 * @param sha256 64 hexadecimal digits
 * @param commit the hub's commit that it is from; null where it is not told
 */
record DownloadedFile(Path path, String sha256, @Nullable String commit) {}
