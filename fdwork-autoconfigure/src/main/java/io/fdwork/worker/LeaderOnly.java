package io.fdwork.worker;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Lets a method of a bean run in the {@linkplain Leadership leader} only, for instance
 * one with {@code @Scheduled}; elsewhere a call does nothing. On a class, all its methods
 * that return nothing. A method that returns something cannot have it. As with other
 * proxies of Spring, a call from the same object is not seen.
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface LeaderOnly {

}
