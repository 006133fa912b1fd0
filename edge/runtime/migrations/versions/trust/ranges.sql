CREATE INDEX raffle_range_node_id_epoch_sale_seq_idx ON raffle_range (org_id, node_id, epoch, sale_seq);
