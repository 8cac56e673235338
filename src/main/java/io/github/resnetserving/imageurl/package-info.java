/**
 * The address of an image flows in, its bytes or a {@link
 * io.github.resnetserving.imageurl.RemoteImages.RemoteException} flow out. Addresses are what
 * clients send, so nothing is fetched but from hosts that the operator has allowed, at public
 * addresses.
 *
 * <pre>
 * URL ──► allow-list ──► resolve once ──► public? ──► connect to that address ──► bounded bytes
 *            ▲                                                                       │
 *            └────────────────────────────── redirect ◄──────────────────────────────┘
 * </pre>
 */
@NullMarked
package io.github.resnetserving.imageurl;

import org.jspecify.annotations.NullMarked;
