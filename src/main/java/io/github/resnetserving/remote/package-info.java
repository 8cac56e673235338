/**
 * The address of a picture flows in, its bytes or a {@link
 * io.github.resnetserving.remote.RemoteException} flow out. Addresses are what clients send, so
 * nothing is fetched but from hosts that whoever runs the server has allowed, at public addresses.
 *
 * <pre>
 * URL ──► allow-list ──► resolve once ──► public? ──► connect to that address ──► bounded bytes
 *            ▲                                                                       │
 *            └────────────────────────────── redirect ◄──────────────────────────────┘
 * </pre>
 */
@NullMarked
package io.github.resnetserving.remote;

import org.jspecify.annotations.NullMarked;
