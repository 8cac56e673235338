/** What commands have in common: words in, a model, a device, or what is wrong with them out. */
@NullMarked
package io.github.resnetserving.cli.options;

import org.jspecify.annotations.NullMarked;
