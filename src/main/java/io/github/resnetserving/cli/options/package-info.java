/** Options that several commands have: words in, a model or a device out. */
@NullMarked
package io.github.resnetserving.cli.options;

import org.jspecify.annotations.NullMarked;
