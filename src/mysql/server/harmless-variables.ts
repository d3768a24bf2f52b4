/**
 * The other session variables of MariaDB (10.11, 11.8) and MySQL (9.7), by the reason for which no value of them changes what
 * is read, written or loaded. Each of them that can be set for all was also set to other values, and the dump stayed the same.
 */
export const harmlessVariables: Readonly<Record<string, readonly string[]>> = {
  'says how much memory, how many threads or which plan is used: the answer is the same, or an error that names it': [
    'analyze_max_length analyze_sample_percentage aria_repair_threads aria_sort_buffer_size aria_stats_method',
    'big_tables bulk_insert_buffer_size deadlock_search_depth_long deadlock_search_depth_short deadlock_timeout_long',
    'deadlock_timeout_short eq_range_index_dive_limit expensive_subquery_limit histogram_size histogram_type',
    'in_predicate_conversion_threshold join_buffer_size join_buffer_space_limit join_cache_level max_delayed_threads',
    'max_heap_table_size max_insert_delayed_threads max_length_for_sort_data max_recursive_iterations',
    'max_rowid_filter_size max_seeks_for_key max_sp_recursion_depth max_tmp_tables mhnsw_ef_search mrr_buffer_size',
    'myisam_repair_threads myisam_sort_buffer_size myisam_stats_method net_buffer_length net_retry_count',
    'optimizer_adjust_secondary_key_costs optimizer_extra_pruning_depth optimizer_join_limit_pref_ratio',
    'optimizer_max_sel_arg_weight optimizer_max_sel_args optimizer_prune_level optimizer_scan_setup_cost',
    'optimizer_search_depth optimizer_selectivity_sampling_limit optimizer_switch optimizer_use_condition_selectivity',
    'optimizer_where_cost preload_buffer_size query_alloc_block_size query_prealloc_size range_alloc_block_size',
    'read_buffer_size read_rnd_buffer_size rowid_merge_buff_size tmp_memory_table_size tmp_table_size',
    'transaction_alloc_block_size transaction_prealloc_size use_stat_tables tcp_nodelay thread_pool_priority',
    'connection_memory_chunk_size connection_memory_limit cte_max_recursion_depth global_connection_memory_tracking',
    'histogram_generation_max_mem_size innodb_ddl_buffer_size innodb_ddl_threads innodb_parallel_read_threads',
    'internal_tmp_mem_storage_engine max_points_in_geometry optimizer_max_subgraph_pairs parser_max_mem_size',
    'range_optimizer_max_mem_size secondary_engine_cost_threshold set_operations_buffer_size',
    'enable_secondary_engine_statistics',
  ],
  'is about what was just asked, or about one session, and has no value for all': [
    'default_master_connection error_count external_user gtid_seq_no identity in_transaction insert_id last_gtid',
    'last_insert_id proxy_user pseudo_slave_mode pseudo_replica_mode pseudo_thread_id rand_seed1 rand_seed2',
    'skip_parallel_replication skip_replication timestamp warning_count gtid_next immediate_server_version',
    'original_commit_timestamp original_server_version rbr_exec_mode require_row_format transaction_allow_batching',
    'wsrep_gtid_seq_no statement_id debug_sync debug ndb_allow_copying_alter_table',
  ],
  'is about logs, traces and what is told besides the answer': [
    'end_markers_in_json explain_format explain_json_format_version log_disabled_statements',
    'log_queries_not_using_indexes log_slow_admin_statements log_slow_always_query_time log_slow_disabled_statements',
    'log_slow_filter log_slow_max_warnings log_slow_min_examined_row_limit log_slow_query log_slow_query_time',
    'log_slow_rate_limit log_slow_slave_statements log_slow_verbosity log_warnings long_query_time max_error_count',
    'min_examined_row_limit note_verbosity optimizer_trace optimizer_trace_features optimizer_trace_limit',
    'optimizer_trace_max_mem_size optimizer_trace_offset profiling profiling_history_size progress_report_time',
    'resultset_metadata session_track_gtids session_track_schema session_track_state_change',
    'session_track_system_variables session_track_transaction_info slow_query_log sql_log_off sql_notes sql_warnings',
    'terminology_use_previous updatable_views_with_limit',
  ],
  'is about the binary log and copies of this server, which are its administrator’s': [
    'binlog_alter_two_phase binlog_annotate_row_events binlog_direct_non_transactional_updates binlog_format',
    'binlog_row_image binlog_row_value_options binlog_rows_query_log_events binlog_transaction_compression',
    'binlog_transaction_compression_level_zstd group_replication_consistency gtid_domain_id max_relay_log_size',
    'server_id sql_log_bin sql_slave_skip_counter wsrep_causal_reads wsrep_on wsrep_osu_method',
    'wsrep_retry_autocommit wsrep_sync_wait wsrep_trx_fragment_size wsrep_trx_fragment_unit xa_detach_on_prepare',
  ],
  'says how the server stores what is new, and its tables of today were made so': [
    'column_compression_threshold column_compression_zlib_level column_compression_zlib_strategy',
    'column_compression_zlib_wrap default_table_encryption innodb_default_encryption_key_id innodb_ft_enable_stopword',
    'innodb_ft_user_stopword_table innodb_tmpdir mhnsw_default_distance mhnsw_default_m',
    'external_table_secondary_storage_engine external_table_storage_engine',
  ],
  'concerns what no statement of ours and of a dump does': [
    // INTO OUTFILE, LOAD DATA, passwords, functions, the query cache, values that a dump always gives.
    'auto_increment_increment auto_increment_offset block_encryption_mode character_set_filesystem',
    'generated_random_password_length old old_passwords print_identified_with_as_hex query_cache_strip_comments',
    'query_cache_type query_cache_wlock_invalidate select_into_buffer_size select_into_disk_sync',
    'select_into_disk_sync_delay standard_compliant_cte windowing_use_high_precision enable_cascade_triggers',
    'innodb_snapshot_isolation innodb_table_locks interactive_timeout low_priority_updates max_user_connections',
    'system_versioning_alter_history new_mode',
  ],
  'is given in every statement that it could decide on, or follows from what is fixed': [
    'character_set_connection character_set_database character_set_server collation_database collation_server',
    'default_collation_for_utf8mb4 max_allowed_packet old_alter_table storage_engine',
  ],
}

/** All their names. */
export const harmlessNames = (): Set<string> =>
  new Set(Object.values(harmlessVariables).flatMap((lines) => lines.flatMap((line) => line.split(' '))))
