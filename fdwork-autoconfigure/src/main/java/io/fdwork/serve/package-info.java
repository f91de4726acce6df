/**
 * What a Netty pipeline that serves works may use.
 */
@NullMarked
package io.fdwork.serve;

import org.jspecify.annotations.NullMarked;
