package io.fdwork.descriptor;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks what is public for the packages below {@code io.fdwork.internal} alone, and may
 * change with any release. It lives here, and not below that package, because a bare
 * descriptor number never leaves this one.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
@interface Internal {

}
