package io.fdwork.sample;

import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of the sample.
 *
 * @param haltEnabled whether {@code POST /halt} kills the JVM that serves it
 * @param journal the directory that each process writes its {@link Journal} to; without it
 * there is none
 */
@ConfigurationProperties("sample")
public record SampleProperties(@DefaultValue("false") boolean haltEnabled, @Nullable Path journal) {
}
